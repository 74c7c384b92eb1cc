-- V0013__create_crm_stage_moves
-- Why:    which way a lead may go through the stages differs between tenants.
-- Breaks: no
-- Undo:   drop table crm_stage_moves

create table crm_stage_moves (
   from_stage varchar2(50 char) not null,
   to_stage   varchar2(50 char) not null,
   constraint crm_stage_moves_pk primary key (from_stage, to_stage),
   constraint crm_stage_moves_from_fk foreign key (from_stage) references crm_stages (name),
   constraint crm_stage_moves_to_fk foreign key (to_stage) references crm_stages (name),
   constraint crm_stage_moves_ck check (from_stage <> to_stage)
)
/
create index crm_stage_moves_to_fk_idx on crm_stage_moves (to_stage)
/
comment on table crm_stage_moves is 'Moves of a lead that keep its cycle going; a move that is not here ends the cycle'
/
comment on column crm_stage_moves.from_stage is 'Stage that the lead leaves'
/
comment on column crm_stage_moves.to_stage is 'Stage that the lead enters'
/

-- one or more stages forward, and from everywhere to the first stage, which is the discard
merge into crm_stage_moves tgt
using (
         select f.name as from_stage, t.name as to_stage
           from crm_stages f
           join crm_stages t
             on t.position > f.position
             or t.position = 1
          where f.position > 1
            and t.name <> f.name
      ) src
   on (tgt.from_stage = src.from_stage and tgt.to_stage = src.to_stage)
 when not matched then
      insert (from_stage, to_stage)
      values (src.from_stage, src.to_stage)
/
commit
/
